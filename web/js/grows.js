// A field that grows with what is in it.
//
// Owns: its height, where the browser does not see to that by itself.
// Must not know: what is typed.
//
// Next: `emoji.js`.

/** `field` of `form`: what fits it, and whether it has one line. */
export function openGrowing({ form, field }) {
  const growsByItself = CSS.supports('field-sizing', 'content');
  return {
    fit() {
      if (growsByItself) return;
      // The form keeps its height while the field is measured at its smallest:
      // otherwise the log above would grow for a moment and lose its place.
      form.style.minHeight = `${form.offsetHeight}px`;
      field.style.height = 'auto';
      const edges = field.offsetHeight - field.clientHeight;
      field.style.height = `${field.scrollHeight + edges}px`;
      form.style.minHeight = '';
    },
    isOneLine: () => field.clientHeight < 2.5 * parseFloat(getComputedStyle(field).lineHeight),
  };
}
