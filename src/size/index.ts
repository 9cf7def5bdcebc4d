/** Sizes, for commands and for the bot: measured from registries, or estimated. */

export { createRegistry, type Registry, type RegistryOptions } from './registry/client.ts';
export { credentialsFor, parseDockerConfig, type CredentialHelper } from './registry/credentials.ts';
export { measureImage, type MeasuredImage } from './measure-image.ts';
export { baseFromTable, estimate, type Base } from './estimate.ts';
export { finalBase, offlineSize } from './final-base.ts';
export { compareLayers, type Layer, type LayerRow } from './layers.ts';
export { layersAsHtml, layersAsMarkdown, layersAsText } from './layer-table.ts';
export { htmlPage } from './html-page.ts';
