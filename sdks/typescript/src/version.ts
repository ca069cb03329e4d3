/** @module version: the version of this SDK, equal to its package.json's (a test compares them). */
export const VERSION = '0.1.0'
