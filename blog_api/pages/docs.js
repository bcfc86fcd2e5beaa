"use strict";

const TOKEN = {
  type: "http",
  scheme: "bearer",
  description:
    "An access token from /auth/login or an API token from /auth/tokens; for /auth/refresh, a refresh token. " +
    "It is kept in this browser until you log out here.",
};

/** Return the document with one security scheme in place of three, and none for public operations. */
function withOneToken(spec) {
  spec.components.securitySchemes = { token: TOKEN };
  for (const item of Object.values(spec.paths)) {
    for (const operation of Object.values(item)) {
      if (operation.security) {
        const isProtected = operation.security.length && operation.security.every((one) => Object.keys(one).length);
        operation.security = isProtected ? [{ token: [] }] : [];
      }
    }
  }
  return spec;
}

/** Fold each documented error, with its examples, into a line. */
const FoldErrors = () => ({
  wrapComponents: {
    response: (Original, { React }) => (props) => {
      const original = React.createElement(Original, props);
      if (props.code < "400") return original;
      const h = React.createElement;
      const summary = h("summary", null, `${props.code} ${props.response.get("description")}`);
      const table = h("table", null, h("tbody", null, original));
      return h("tr", { className: "folded" }, h("td", { colSpan: 3 }, h("details", null, summary, table)));
    },
  },
});

/** Send the token with reads of public lists as well, which then show more. */
function sendToken(ui, request) {
  const token = ui.authSelectors.authorized().getIn(["token", "value"]);
  if (token && request.method === "GET" && !request.headers.Authorization) {
    request.headers.Authorization = `Bearer ${token}`;
  }
  return request;
}

async function show() {
  const address = document.querySelector("link[rel=service-desc]").href;
  const spec = withOneToken(await (await fetch(address)).json());
  const ui = SwaggerUIBundle({
    spec,
    dom_id: "#swagger-ui",
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [FoldErrors],
    layout: "BaseLayout",
    deepLinking: true,
    persistAuthorization: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    requestInterceptor: (request) => sendToken(ui, request),
  });
}

show();
