// What stands beside a slider follows it, by mouse and by keyboard. Without this the form says it once it is sent.
document.addEventListener("input", ({ target }) => {
  if (!target.matches("input[type=range][data-tells]")) return;
  const told = target.list.querySelector(`option[value="${target.value}"]`).label;
  target.labels[0].querySelector("output").value = told;
  target.setAttribute("aria-valuetext", told);
});
