export default function (config) {
  config.addFilter("date", (time) => time.slice(0, 10));
}
