/** New arrivals as an Atom feed. */
const catalog = Deno.env.get("CATALOG_URL") ?? "http://catalog:8081";

async function feed(): Promise<string> {
  const books = await (await fetch(`${catalog}/books`)).json();
  const entries = books.map((book: { title: string }) => `<entry><title>${book.title}</title></entry>`);
  return `<feed xmlns="http://www.w3.org/2005/Atom">${entries.join("")}</feed>`;
}

Deno.serve({ port: 8111 }, async (request) => {
  if (new URL(request.url).pathname === "/healthz") return new Response("ok");
  return new Response(await feed(), { headers: { "content-type": "application/atom+xml" } });
});
