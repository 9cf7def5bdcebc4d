/** Facts about Deno projects. */

export { denoConfig, type DenoConfig, type DenoTask } from './deno-config.ts';
export { denoGraph, type DenoExternal, type DenoGraph } from './deno-graph.ts';
