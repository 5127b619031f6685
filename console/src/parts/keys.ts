/** The filter or search of the screen: the first that can be typed in. */
export function searchOnScreen(): HTMLInputElement | undefined {
  return [...document.querySelectorAll<HTMLInputElement>("main input[type=search]")]
    .find((one) => !one.disabled && one.checkVisibility());
}

/** A key is for what is being typed, or for a dialog, and not for the screen. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const at = event.target instanceof Element ? event.target : null;
  return at?.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=combobox], [role=listbox], " +
    "[role=menu]") != null;
}
