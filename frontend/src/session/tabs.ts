/** Tells the other tabs of the browser, which share the session, that it has changed. */
export class Tabs {
  private readonly channel = new BroadcastChannel("session");

  notify(): void {
    this.channel.postMessage("changed");
  }

  /** Calls ``onChange`` until the returned function is called. */
  listen(onChange: () => void): () => void {
    this.channel.addEventListener("message", onChange);
    return () => this.channel.removeEventListener("message", onChange);
  }
}
