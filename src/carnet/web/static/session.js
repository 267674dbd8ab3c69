// Says, two minutes before, that the session is about to end, and lets the person stay without losing what they typed.
// Without it, the foot of the page says when the session ends, and has the same button.
"use strict";
(() => {
  const box = document.querySelector("[data-session]");
  if (!box) return;
  const form = box.querySelector("form");
  const warning = 120;
  let timer;
  const show = () => {
    box.querySelector("[data-session-text]").textContent = "Votre carnet se ferme dans deux minutes, car rien n’a bougé.";
    box.classList.add("is-ending");
    box.setAttribute("role", "alert");
  };
  const wait = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(show, Math.max(0, seconds - warning) * 1000);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, {
        method: "POST", headers: { Accept: "text/plain" }, body: new URLSearchParams(new FormData(form)), redirect: "error",
      });
      if (!answer.ok) throw new Error();
      wait(Number(await answer.text()));
      box.classList.remove("is-ending");
      box.setAttribute("role", "status");
      box.querySelector("[data-session-text]").textContent = "Votre carnet reste ouvert.";
    } catch {
      form.submit();
    }
  });
  wait(Number(box.dataset.session));
})();
