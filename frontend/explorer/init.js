/** Opens the explorer with operations that its visitor's role may try, on objects that they may see. */

const OBJECTS = `{
  accounts(zone: ACTIVE, first: 50, orderBy: { field: EXPIRES_ON, direction: DESC }) { nodes { id allowedActions { action allowed } } }
  changeRequests(first: 1) { nodes { id preview { version } } }
}`;

/** Without it the server takes no command that comes with a cookie. */
const HEADERS = { "x-requested-with": "explorer" };

async function ask(query) {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: { ...HEADERS, "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return (await answer.json()).data;
}

/** What the samples' placeholders stand for; nothing for those who do not see the section. */
async function objectsOf(role) {
  if (role !== "SUPER_ADMIN" && role !== "CUSTOMER_SUCCESS") return {};
  const { accounts, changeRequests } = await ask(OBJECTS);
  const untouched = accounts.nodes.find((account) => account.allowedActions.every(({ allowed }) => allowed)) ?? accounts.nodes[0];
  const [request] = changeRequests.nodes;
  return { ACCOUNT: untouched?.id, REQUEST: request?.id, VERSION: request?.preview.version };
}

function windowOf({ name, query, variables }, objects) {
  const filled = JSON.stringify(variables ?? {}, (_, value) => objects[value] ?? value, 2);
  return {
    initialName: name,
    initialQuery: query,
    initialVariables: filled,
    initialHeaders: HEADERS,
    initialSubscriptionRequestHandlerId: "graphql-ws",
  };
}

const [samples, who] = await Promise.all([fetch("samples.json").then((answer) => answer.json()), ask("{ viewer { role } }")]);
const role = who?.viewer?.role ?? "NOBODY";
const objects = await objectsOf(role);

globalThis.AltairGraphQL.init({
  endpointURL: new URL("/graphql", location.href).href,
  subscriptionsEndpoint: new URL("/graphql", location.href).href.replace(/^http/, "ws"),
  initialHeaders: HEADERS,
  initialWindows: samples[role].map((sample) => windowOf(sample, objects)),
  // What somebody tried stays theirs: another role finds its own operations.
  instanceStorageNamespace: `account-desk-${role}-`,
  initialSettings: { theme: "system" },
  persistedSettings: { "alert.disableUpdateNotification": true, disablePushNotification: true, "schema.reloadOnStart": true },
  disableAccount: true,
});
