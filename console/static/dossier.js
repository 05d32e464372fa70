// A dossier's page: a saved text chosen fills the reason, which may then be changed.
"use strict";
(() => {
  document.querySelectorAll("select[data-fills]").forEach((choice) => {
    choice.addEventListener("change", () => {
      const field = document.getElementById(choice.dataset.fills);
      if (!choice.value || !field) return;
      field.value = field.value.trim() ? `${field.value.trim()}\n${choice.value}` : choice.value;
      field.focus();
      choice.value = "";
    });
  });
})();
