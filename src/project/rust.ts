/** Facts about Rust projects. */

export { cargoProject, type CargoAnswer, type CargoDependency, type CargoPackage, type CargoProject, type CargoTarget } from './rust-workspace.ts';
export { sysCrates, type SysCrate, type SysCrates } from './rust-libraries.ts';
export { rustFacts, type RustFacts } from './rust-source.ts';
