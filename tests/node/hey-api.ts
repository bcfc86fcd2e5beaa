// A session with the client of @hey-api/openapi-ts.
import { createPost, listPosts, logIn, readPost, register, replacePost, updatePost, type PostPage } from "./hey";
import { client } from "./hey/client.gen";

async function main() {
  client.setConfig({ baseUrl: process.env.API_URL });
  const login = { username: "hey", password: "correct horse battery" };
  await register({ body: { ...login, email: "hey@example.com" } });
  const tokens = await logIn({ body: login });
  client.setConfig({ auth: tokens.data!.access_token });

  const created = await createPost({
    body: { title: "Hey", content: "# Hello", status: "published", tags: ["C++", "日本語"] },
  });
  const post_id = created.data!.id;
  const path = { post_id };
  const stale = { "If-Match": created.response.headers.get("ETag")! };
  await updatePost({ path, headers: stale, body: { summary: "New." } });
  const conflict = await updatePost({ path, headers: stale, body: { summary: "Old." } });
  const read = await readPost({ path });
  const replaced = await replacePost({ path, body: read.data! });

  const listed = await listPosts({ query: { id: [post_id], any_tag: ["nothing", "c-plus-plus"] } });
  const titles: string[] = (listed.data as PostPage).data.map((post) => post.title);
  const problem = conflict.error!.status;
  console.log(JSON.stringify({ titles, problem, summary: replaced.data!.summary }));
}

main();
