// An OpenID provider for the browser test of signing in with an organization's account. It takes every name and
// password on its own pages.
// Usage: node provider.mjs PORT SITE, where SITE is the base of the site that knows it.
import { Provider } from 'oidc-provider';

const [port, site] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{
    client_id: 'appointments',
    client_secret: 'a-secret-of-the-test',
    redirect_uris: [`${site}/signin/oidc`],
  }],
  claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.org`, email_verified: true, groups: ['everybody', id] }),
  }),
  pkce: { methods: ['S256'], required: () => true },
  cookies: { keys: ['of the test'] },
});
provider.listen(port, '127.0.0.1', () => console.log('ready'));
