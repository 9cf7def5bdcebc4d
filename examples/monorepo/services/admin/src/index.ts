import { Hono } from 'hono';

const app = new Hono();
app.get('/healthz', (c) => c.text('ok'));
app.get('/', (c) => c.html('<h1>Back office</h1>'));

export default { port: 3001, fetch: app.fetch };
