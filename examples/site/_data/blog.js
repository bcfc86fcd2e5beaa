import { posts, redirects, service } from "../sync.js";
const listed = posts.filter((post) => post.kind === "post");
const tags = new Map(listed.flatMap((post) => post.tags).map((tag) => [tag.slug, tag]));
const tagged = ({ slug }) => listed.filter((post) => post.tags.some((tag) => tag.slug === slug));
const tagPages = [...tags.values()].map((tag) => ({ title: tag.name, url: `/tags/${tag.slug}/`, posts: tagged(tag) }));

export default { posts, redirects, service, lists: [{ title: "Blog", url: "/", posts: listed }, ...tagPages] };
