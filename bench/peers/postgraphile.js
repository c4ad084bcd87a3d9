// The reference page by PostGraphile, which plans it by itself, and a statement for who is signed in.

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const SIGNED_IN = {
  name: "signed_in",
  text: `SELECT p.id, p.organisation_id, p.role
           FROM session_token t JOIN session s ON s.id = t.session_id JOIN person p ON p.id = s.user_id
          WHERE t.digest = $1 AND s.ended_at IS NULL AND s.ends_at > now() AND t.ends_at > now() AND p.is_active`,
};

const pool = new pg.Pool({ max: 10 });

async function context(requestContext) {
  const token = (requestContext.node?.req.headers.authorization ?? "").replace("Bearer ", "");
  const digest = createHash("sha256").update(token).digest("hex");
  const user = (await pool.query({ ...SIGNED_IN, values: [digest] })).rows[0];
  if (user?.role !== "SUPER_ADMIN") throw new Error("FORBIDDEN");
  return { user };
}

const preset = {
  extends: [PostGraphileAmberPreset],
  // It would not let pending requests be asked for, since no index begins with the state.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  grafast: { context, explain: false },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
