// Keeps the clock and the requests fresh while somebody looks; everything else is forms.
const fresh = async () => {
  if (document.hidden || !getSelection().isCollapsed) return;
  const answer = await fetch("/sandbox");
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["now", "requests"]) {
    document.getElementById(id).replaceWith(page.getElementById(id));
  }
};

// A sandbox that was stopped answers nothing; the page then stays as it was.
setInterval(() => fresh().catch(() => {}), 2000);
