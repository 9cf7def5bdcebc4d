/** Facts about Python projects. */

export { pythonProject, requirementsFile, type Pyproject, type PythonProject, type PythonRequirement, type RequirementsFile } from './python-project.ts';
export { pythonFacts, pythonFindings, pythonPackages, type PythonFinding, type PythonPackage, type PythonTrait } from './python-packages.ts';
