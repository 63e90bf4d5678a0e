import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

const rooms = ['course', 'grading', 'tutor'];

// Rooms never import each other: they meet through tokens.
const walls = rooms.map(room => ({
  files: [`src/${room}/**/*`],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: rooms.filter(other => other !== room).map(other => ({ regex: `^\\.\\./${other}(/|$)` })) }
    ]
  }
}));

export default ts.config(
  { ignores: ['src/api.ts', 'lib', 'node_modules', '*.config.*', 'words.*'] },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['style/index.js'] },
        tsconfigRootDir: import.meta.dirname
      }
    },
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      eqeqeq: 'error',
      // the lab's signals take a method and its `this` apart
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-namespace': 'off'
    }
  },
  {
    files: ['src/**/*.tsx'],
    rules: { 'no-restricted-globals': ['error', 'fetch', 'XMLHttpRequest', 'WebSocket'] }
  },
  {
    files: ['tests/**/*'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/require-await': 'off' }
  },
  ...walls,
  prettier
);
