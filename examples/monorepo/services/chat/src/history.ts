const FILE = "/app/data/history.jsonl";

/** Appends one message to the log on the volume. */
export async function remember(message: string): Promise<void> {
  await Deno.writeTextFile(FILE, JSON.stringify({ message }) + "\n", { append: true });
}

export async function history(): Promise<string[]> {
  try {
    return (await Deno.readTextFile(FILE)).trim().split("\n");
  } catch {
    return [];
  }
}
