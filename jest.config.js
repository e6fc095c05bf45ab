/** One configuration for every TypeScript test; what needs the local cloud runs in its own project (see package.json). */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  setupFiles: ['<rootDir>/test/support/console.js'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.dlp/'],
  modulePathIgnorePatterns: ['<rootDir>/.dlp/', '<rootDir>/dist/'],
  testTimeout: 60_000,
};
