// Copying the code with one press, where the browser can; without it the code is read and typed.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent += " ✓";
    } catch {
      button.hidden = true;
    }
  });
}
