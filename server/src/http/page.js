// Goes on to where the page's one self-following link leads; closes a window that has done its work;
// takes a query that nobody must find out of the address and the history.
if (document.body.hasAttribute("data-forget")) {
  history.replaceState(null, "", location.pathname);
}
const go = document.querySelector("a[data-go]");
if (go) {
  location.assign(go.href);
}
if (document.body.hasAttribute("data-close")) {
  window.close();
}
