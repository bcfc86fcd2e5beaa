// All published posts, newest first. The first build downloads them; the next ones download what has changed.
import { mkdir, readFile, writeFile } from "node:fs/promises";

const API = process.env.BLOG_API ?? "http://127.0.0.1:8000/api/v1";
const FIELDS = "id,kind,slug,title,summary,image,html,published_at,authors,tags,comment_count";
const STORE = ".cache/posts.json";
async function get(path) {
  for (let attempt = 1; ; attempt++) {
    const reply = await fetch(API + path);
    if (reply.ok) return reply.headers.get("Content-Type").includes("json") ? reply.json() : reply.text();
    if (reply.status === 404 || reply.status === 410) return null;
    if (![429, 503].includes(reply.status) || attempt === 5) throw new Error(`${path}: status ${reply.status}`);
    await new Promise((done) => setTimeout(done, 1000 * (reply.headers.get("Retry-After") ?? attempt)));
  }
}

async function all(path, query) {
  const found = [];
  for (let next = ""; next !== null; ) {
    const page = await get(`${path}?${query}${next && `&cursor=${next}`}`);
    if (page === null) break;
    found.push(...page.data);
    next = page.pagination.next_cursor;
  }
  return found;
}

async function withComments(post) {
  return { ...post, comments: post.comment_count ? await all(`/posts/${post.id}/comments`, "limit=100") : [] };
}

async function download() {
  // Take the cursor first: what changes during the download is listed after it.
  const { next_cursor: cursor } = (await get("/changes")).pagination;
  const posts = {};
  for (const post of await all("/posts", `kind=all&fields=${FIELDS}&limit=20`)) {
    posts[post.id] = await withComments(post);
  }
  return { cursor, posts };
}

async function follow({ cursor, posts }) {
  const showing = (list, id) => Object.values(posts).filter((post) => post[list].some((item) => item.id === id));
  for (;;) {
    const page = await get(`/changes?cursor=${cursor}&limit=100`);
    // The last build is so long ago that the service has forgotten what has changed since.
    if (page === null) return download();
    for (const { type, id, post_id } of page.data) {
      const list = { tag: "tags", user: "authors" }[type.split(".")[0]];
      // A comment is shown with its post.
      for (const known of list ? showing(list, id) : [{ id: post_id ?? id }]) {
        const post = await get(`/posts/${known.id}?fields=${FIELDS}`);
        if (post) posts[known.id] = await withComments(post);
        else delete posts[known.id];
      }
    }
    cursor = page.pagination.next_cursor;
    if (page.data.length === 0) return { cursor, posts };
  }
}

const stored = await readFile(STORE, "utf8").then(JSON.parse, () => null);
const state = await (stored ? follow(stored) : download());
await mkdir(".cache", { recursive: true });
await writeFile(STORE, JSON.stringify(state));

// The comments of a post as a tree.
for (const { comments = [] } of Object.values(state.posts)) {
  const known = new Map(comments.map((comment) => [comment.id, Object.assign(comment, { replies: [] })]));
  for (const comment of comments) known.get(comment.parent_id)?.replies.push(comment);
}

export const service = API.replace("/api/v1", "");
export const posts = Object.values(state.posts).sort((a, b) => new Date(b.published_at) - new Date(a.published_at));
export const redirects = await get("/redirects?format=netlify");
