// Starts the program. A file of its own, because the policy of the page allows no inline script.

const address = (id) => document.getElementById(id).href;

try {
  const { default: start } = await import(address("glue"));
  await start({ module_or_path: address("program") });
} catch (problem) {
  console.error(problem);
  const failed = document.getElementById("failed");
  failed?.removeAttribute("hidden");
}
