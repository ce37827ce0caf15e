const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for HTML and for attributes. */
export function html(text) {
  return String(text).replaceAll(/[&<>"']/g, (character) => entities[character]);
}
