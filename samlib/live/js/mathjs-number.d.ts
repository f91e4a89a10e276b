// The factories of mathjs/number that formula.js builds its parser from; mathjs's own types leave them out.
export const createConstantNode: any;
export const createDerivative: any;
export const createFunctionNode: any;
export const createNode: any;
export const createOperatorNode: any;
export const createParenthesisNode: any;
export const createParse: any;
export const createSymbolNode: any;
