// A session with the fetch client of orval.
import {
  createPost, listPosts, logIn, readPost, register, replacePost, updatePost,
  type Post, type PostPage, type Problem, type Tokens,
} from "./operations";

const send = globalThis.fetch;
globalThis.fetch = (input, init) => send(new URL(String(input), process.env.API_URL), init);

async function main() {
  const login = { username: "orval", password: "correct horse battery" };
  await register({ ...login, email: "orval@example.com" });
  const tokens = await logIn(login);
  const token = { Authorization: `Bearer ${(tokens.data as Tokens).access_token}` };

  const wanted = { title: "Orval", content: "# Hello", status: "published", tags: ["C++", "日本語"] } as const;
  const created = await createPost({ ...wanted, tags: [...wanted.tags] }, {}, { headers: token });
  const { id } = created.data as Post;
  const headers = { ...token, "If-Match": created.headers.get("ETag")! };
  await updatePost(id, { summary: "New." }, {}, { headers });
  const conflict = await updatePost(id, { summary: "Old." }, {}, { headers });
  const read = await readPost(id);
  const replaced = await replacePost(id, read.data as Post, {}, { headers: token });

  const listed = await listPosts({ id: [id], any_tag: ["nothing", "c-plus-plus"] });
  const titles: string[] = (listed.data as PostPage).data.map((post) => post.title);
  const problem = (conflict.data as Problem).status;
  console.log(JSON.stringify({ titles, problem, summary: (replaced.data as Post).summary }));
}

main();
