/** Facts about Go projects. */

export { goModule, type GoModule, type GoReplace, type GoRequire } from './go-module.ts';
export { goFacts, goPackages, goReachable, type GoImport, type GoPackage, type GoPackages } from './go-source.ts';
export { cgoUse, type CgoReason, type CgoUse } from './go-cgo.ts';
