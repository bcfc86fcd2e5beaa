// Requests to the API. The tokens are in sessionStorage, so they end with the tab.
const API = new URL("../../api/v1", import.meta.url).href;
const tokens = () => JSON.parse(sessionStorage.getItem("tokens"));
const keep = (pair) => sessionStorage.setItem("tokens", JSON.stringify(pair));

/** An error response, or none at all (status 0). */
export class Failure extends Error {
  constructor(status, problem, retryAfter = 0) {
    super(problem?.errors?.map((error) => error.detail).join(" ") || problem?.detail || "The service cannot be reached.");
    Object.assign(this, { status, retryAfter, conflict: problem?.conflict ?? {} });
    this.isTemporary = status === 0 || status === 429 || status >= 500;
  }
}

async function send(method, path, body, etag, token) {
  // Browsers set the type of a form, and its boundary.
  const isForm = body instanceof FormData;
  const headers = isForm ? {} : { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (etag) headers["If-Match"] = etag;
  const signal = AbortSignal.timeout(isForm ? 300000 : 30000);
  const options = { method, headers, body: body && !isForm ? JSON.stringify(body) : body, signal };
  let response, data;
  try {
    response = await fetch(API + path, options);
    data = JSON.parse((await response.text()) || "null");
  } catch {
    throw new Failure(0);
  }
  if (response.ok) return { data, etag: response.headers.get("ETag") };
  throw new Failure(response.status, data, Number(response.headers.get("Retry-After")));
}

/** Send a request, and once more with a new access token if the old one has expired. Throws Failure. */
export async function call(method, path, body = null, etag = null) {
  try {
    return await send(method, path, body, etag, tokens()?.access_token);
  } catch (failure) {
    if (failure.status !== 401 || !tokens()) throw failure;
  }
  // If a save and an upload refresh at the same time, both get the same new pair.
  keep((await send("POST", "/auth/refresh", null, null, tokens().refresh_token)).data);
  return send(method, path, body, etag, tokens().access_token);
}

export const isLoggedIn = () => tokens() !== null;
export const logIn = async (username, password) => keep((await send("POST", "/auth/login", { username, password })).data);
export const logOut = () => call("POST", "/auth/logout").catch(() => {}).then(() => keep(null));
