// Renders the start page once, at build time.
import { mkdir, readFile, writeFile } from 'node:fs/promises';

const page = await readFile('page.html', 'utf8');
await mkdir('dist', { recursive: true });
await writeFile('dist/index.html', page.replace('{{year}}', String(new Date().getFullYear())));
