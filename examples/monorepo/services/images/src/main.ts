import { createServer } from 'node:http';
import sharp from 'sharp';
import { book } from './icons/book';

createServer(async (_request, response) => {
  response.setHeader('content-type', 'image/webp');
  response.end(await sharp(Buffer.from(book)).webp().toBuffer());
}).listen(3002);
