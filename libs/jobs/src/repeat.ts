export { repeat } from '@turno/runtime';
