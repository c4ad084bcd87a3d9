/** The browser's tabs share one session: each tells the others when it has changed it. */
export class Tabs {
  private readonly channel = new BroadcastChannel("session");

  say(): void {
    this.channel.postMessage("changed");
  }

  /** Hear of it until the returned function is called. */
  listen(hear: () => void): () => void {
    this.channel.addEventListener("message", hear);
    return () => this.channel.removeEventListener("message", hear);
  }
}
