/** The style of the page, in light and dark. */
export const style = `
:root { color-scheme: light dark; --text: #1c2430; --muted: #5b6675; --line: #d9dee5; --paper: #fff; --back: #f4f6f8;
  --turno: #0b6bcb; --durable: #7c8a9c; --lost: #c9a14a; --met: #1a7f37; --missed: #c62828; }
@media (prefers-color-scheme: dark) { :root { --text: #e6eaf0; --muted: #9aa6b5; --line: #323b47; --paper: #1a2029;
  --back: #12161c; --turno: #4c9df0; --durable: #75859a; --lost: #b8923f; --met: #4cc46b; --missed: #ff6b6b; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
header, main { max-width: 1040px; margin: 0 auto; padding: 0 16px; }
h1 { font-size: 26px; margin: 28px 0 4px; } h2 { font-size: 17px; margin: 0 0 4px; }
header p { margin: 0; color: var(--muted); }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin: 16px 0; }
.note { color: var(--muted); font-size: 13px; margin: 4px 0 8px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 6px 8px; border-bottom: 1px solid var(--line); }
th small { display: block; font-weight: normal; color: var(--muted); }
td.met { color: var(--met); } td.missed { color: var(--missed); font-weight: bold; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--text); font: 13px system-ui, sans-serif; } svg .value { font-variant-numeric: tabular-nums; }
svg .turno { fill: var(--turno); } svg .durable { fill: var(--durable); } svg .lost { fill: var(--lost); }
svg .spread { stroke: var(--text); stroke-width: 1.5; }
`;
