import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { globals: { ...globals.browser, ...globals.worker } },
    rules: {
      "max-lines": ["error", 300],
      complexity: ["error", 12],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-console": "error",
      "no-shadow": ["error", { allow: ["_"] }],
    },
  },
];
