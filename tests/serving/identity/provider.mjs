// An OpenID provider to sign on with: certified oidc-provider, one account for each name, in memory.
// Beside the protocol it takes POST /test/who (who signs in next, with which groups and how) and POST /test/rotate (new
// signing keys). The line "listening PORT" says that it serves.
import { createServer } from "node:http";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import Provider from "oidc-provider";

const site = process.argv[2];
const audience = "https://triage.example/api";
const who = { login: "ann", groups: [], amr: ["pwd"] };
let keys = [newKey()];


function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
}

async function bodyOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return JSON.parse(text || "{}");
}

const adapters = new Map();
class Memory {
  constructor(name) { this.name = name; if (!adapters.has(name)) adapters.set(name, new Map()); this.rows = adapters.get(name); }
  async upsert(id, payload) { this.rows.set(id, payload); }
  async find(id) { return this.rows.get(id); }
  async findByUid(uid) { return [...this.rows.values()].find((row) => row.uid === uid); }
  async findByUserCode() { return undefined; }
  async destroy(id) { this.rows.delete(id); }
  async consume(id) { this.rows.get(id).consumed = Math.floor(Date.now() / 1000); }
  async revokeByGrantId(grantId) { for (const [id, row] of this.rows) if (row.grantId === grantId) this.rows.delete(id); }
}

function make(issuer) {
  const provider = new Provider(issuer, {
    adapter: Memory,
    jwks: { keys },
    cookies: { keys: ["only for tests"] },
    pkce: { required: () => true },
    scopes: ["openid", "profile", "groups"],
    claims: { openid: ["sub", "amr"], profile: ["preferred_username", "name"], groups: ["groups"] },
    clients: [
      {
        client_id: "triage", client_secret: "of the client", redirect_uris: [`${site}/sign-in/return`],
        post_logout_redirect_uris: [`${site}/signed-out`], response_types: ["code"], grant_types: ["authorization_code"],
        backchannel_logout_uri: `${site}/sign-out/provider`, backchannel_logout_session_required: true,
      },
      {
        client_id: "erp", client_secret: "of the erp", redirect_uris: [], response_types: [],
        grant_types: ["client_credentials"],
      },
    ],
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id.split("|")[0], name: id, groups: who.groups }),
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (context) => (context.oidc.client.clientId === "erp" ? audience : undefined),
        getResourceServerInfo: (context, resource) => ({ scope: "cases", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 300 }),
      },
    },
    interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
      grant.addOIDCScope("openid profile groups");
      await grant.save();
      return grant;
    },
    ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 600, AccessToken: 300, AuthorizationCode: 60, ClientCredentials: 300 },
  });
  provider.on("server_error", (context, error) => console.error(error));
  return provider;
}

// The logout token that this provider would post to the service, for the session that was opened last.
async function logoutToken() {
  const session = [...adapters.get("Session").values()].at(-1);
  const client = await provider.Client.find("triage");
  const { IdToken } = provider;
  const token = new IdToken({ sub: session.accountId }, { client, ctx: undefined });
  token.mask = { sub: null };
  token.set("sid", session.authorizations.triage.sid);
  token.set("events", { "http://schemas.openid.net/event/backchannel-logout": {} });
  return token.issue({ use: "logout" });
}

let provider;
const server = createServer(async (request, response) => {
  const path = request.url.split("?")[0];
  if (path === "/test/who") {
    Object.assign(who, await bodyOf(request));
    response.end();
  } else if (path === "/test/rotate") {
    keys = [newKey()];
    provider = make(provider.issuer);
    response.end();
  } else if (path === "/test/logout-token") {
    response.end(JSON.stringify({ token: await logoutToken() }));
  } else if (path.startsWith("/interaction/")) {
    await provider.interactionFinished(request, response, { login: { accountId: who.login, amr: who.amr } }, { mergeWithLastSubmission: false });
  } else {
    provider.callback()(request, response);
  }
});
server.listen(0, "127.0.0.1", () => {
  provider = make(`http://127.0.0.1:${server.address().port}`);
  console.log(`listening ${server.address().port}`);
});
