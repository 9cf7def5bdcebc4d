// The shop window.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';

const port = Number(process.env.PORT ?? 3000);

createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(await readFile(new URL('./dist/index.html', import.meta.url)));
}).listen(port, () => console.log(`storefront listens on ${port}`));
