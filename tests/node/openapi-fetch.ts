// A session with the types of openapi-typescript and the client openapi-fetch.
import createClient from "openapi-fetch";

import type { components, paths } from "./types";

async function main() {
  const client = createClient<paths>({ baseUrl: process.env.API_URL });
  const login = { username: "fetch", password: "correct horse battery" };
  await client.POST("/api/v1/auth/register", { body: { ...login, email: "fetch@example.com" } });
  const tokens = await client.POST("/api/v1/auth/login", { body: login });
  const headers = { Authorization: `Bearer ${tokens.data!.access_token}` };

  const created = await client.POST("/api/v1/posts", {
    body: { title: "Fetch", content: "# Hello", status: "published", tags: ["C++", "日本語"] },
    headers,
  });
  const post_id = created.data!.id;
  const path = { post_id };
  const stale = { "If-Match": created.response.headers.get("ETag")! };
  await client.PATCH("/api/v1/posts/{post_id}", {
    params: { path, header: stale },
    body: { summary: "New." },
    headers,
  });
  const conflict = await client.PATCH("/api/v1/posts/{post_id}", {
    params: { path, header: stale },
    body: { summary: "Old." },
    headers,
  });
  const read = await client.GET("/api/v1/posts/{post_id}", { params: { path } });
  const replaced = await client.PUT("/api/v1/posts/{post_id}", { params: { path }, body: read.data!, headers });

  const query = { id: [post_id], any_tag: ["nothing", "c-plus-plus"] };
  const listed = await client.GET("/api/v1/posts", { params: { query } });
  const items = (listed.data as components["schemas"]["PostPage"]).data;
  const titles: string[] = items.map((post) => post.title);
  const problem = conflict.error!.status;
  console.log(JSON.stringify({ titles, problem, summary: replaced.data!.summary }));
}

main();
