import { history, remember } from "@/history.ts";
import { token } from "@/token.ts";

const port = Number(Deno.env.get("PORT") ?? "8110");

Deno.serve({ port, hostname: "0.0.0.0" }, async (request) => {
  const url = new URL(request.url);
  if (url.pathname === "/healthz") return new Response("ok");
  if (request.headers.get("authorization") !== `Bearer ${await token()}`) {
    return new Response("no", { status: 401 });
  }
  if (request.method === "POST") await remember(await request.text());
  return Response.json(await history());
});
