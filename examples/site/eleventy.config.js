export default function (config) {
  config.addFilter("date", (time) => time.slice(0, 10));
  config.addFilter("topLevel", (comments) => comments.filter((comment) => comment.parent_id === null));
}
