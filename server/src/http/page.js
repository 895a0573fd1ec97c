// Goes on to where the page's one self-following link leads; closes a window that has done its work.
const go = document.querySelector("a[data-go]");
if (go) {
  location.assign(go.href);
}
if (document.body.hasAttribute("data-close")) {
  window.close();
}
