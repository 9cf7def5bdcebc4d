/** The shared token that compose mounts as a secret. */
export async function token(): Promise<string> {
  return (await Deno.readTextFile("/run/secrets/chat_token")).trim();
}
