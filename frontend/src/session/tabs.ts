/** The browser's tabs share one session: each tells the others when it has changed it. */
export class Tabs {
  private readonly channel = new BroadcastChannel("session");

  notify(): void {
    this.channel.postMessage("changed");
  }

  /** Hear of it until the returned function is called. */
  listen(onChange: () => void): () => void {
    this.channel.addEventListener("message", onChange);
    return () => this.channel.removeEventListener("message", onChange);
  }
}
