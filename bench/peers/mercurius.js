// The reference page by Mercurius with graphql-jit: two prepared statements, and a statement for who is signed in.

import { createHash } from "node:crypto";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const SIGNED_IN = {
  name: "signed_in",
  text: `SELECT p.id, p.organisation_id, p.role, o.time_zone
           FROM session_token t JOIN session s ON s.id = t.session_id JOIN person p ON p.id = s.user_id
           LEFT JOIN organisation o ON o.id = p.organisation_id
          WHERE t.digest = $1 AND s.ended_at IS NULL AND s.ends_at > now() AND t.ends_at > now() AND p.is_active`,
};

const PAGE = {
  name: "page",
  text: `SELECT a.id, a.name, a.client_name, a.licence, a.datapoints, a.sector, a.country, a.rtc_lines, a.mail_domain,
                a.starts_on::text, a.expires_on::text
           FROM account a JOIN organisation o ON o.id = a.organisation_id
          WHERE a.organisation_id = $1 AND a.expires_on >= (now() AT TIME ZONE o.time_zone)::date
          ORDER BY lower(a.name), a.id LIMIT 51`,
};

const PENDING = {
  name: "pending",
  text: `SELECT id, account_id, type, state FROM change_request
          WHERE account_id = ANY($1::bigint[]) AND state = 'PENDING' ORDER BY requested_at, id`,
};

const schema = `
  enum Zone { ACTIVE EXPIRED }
  type Coded { code: String! }
  type ChangeRequest { id: ID! type: String! state: String! }
  type Account {
    id: ID! name: String! clientName: String! licence: Coded! datapoints: Int! sector: Coded! country: Coded!
    rtcLines: Int! mailDomain: String startsOn: String! expiresOn: String! zone: Zone!
    pendingRequests: [ChangeRequest!]!
  }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Accounts { nodes: [Account!]! pageInfo: PageInfo! }
  type Query { accounts(zone: Zone!, search: String, first: Int, after: String): Accounts! }
`;

const pool = new pg.Pool({ max: 10 });

async function accounts(_, { first = 50 }, { user }) {
  if (user?.role !== "SUPER_ADMIN") throw new Error("FORBIDDEN");
  const rows = (await pool.query({ ...PAGE, values: [user.organisation_id] })).rows;
  const shown = rows.slice(0, first);
  const pending = (await pool.query({ ...PENDING, values: [shown.map((row) => row.id)] })).rows;
  const byAccount = Map.groupBy(pending, (request) => request.account_id);
  const nodes = shown.map((row) => ({
    id: row.id,
    name: row.name,
    clientName: row.client_name,
    licence: { code: row.licence },
    datapoints: row.datapoints,
    sector: { code: row.sector },
    country: { code: row.country },
    rtcLines: row.rtc_lines,
    mailDomain: row.mail_domain,
    startsOn: row.starts_on,
    expiresOn: row.expires_on,
    zone: "ACTIVE",
    pendingRequests: byAccount.get(row.id) ?? [],
  }));
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor: shown.at(-1)?.id } };
}

async function context(request) {
  const token = (request.headers.authorization ?? "").replace("Bearer ", "");
  const digest = createHash("sha256").update(token).digest("hex");
  return { user: (await pool.query({ ...SIGNED_IN, values: [digest] })).rows[0] };
}

const app = Fastify();
await app.register(mercurius, { schema, resolvers: { Query: { accounts } }, context, jit: 1 });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
