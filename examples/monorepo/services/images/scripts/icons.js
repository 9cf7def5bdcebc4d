// Draws the icons that the sources import; runs before every build.
const { mkdirSync, writeFileSync } = require('node:fs');

mkdirSync('src/icons', { recursive: true });
writeFileSync('src/icons/book.ts', "export const book = '<svg/>';\n");
