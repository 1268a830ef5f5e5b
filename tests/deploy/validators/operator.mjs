// Objects of Prometheus' operator, as JSON on standard input, against its own definitions; the argument
// is the folder that has node_modules. Prints what is wrong, and ends with 1 if something is.
import { readFileSync } from "node:fs";

const models = `${process.argv[2]}/node_modules/@kubernetes-models/prometheus-operator`;
for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  const model = await import(`${models}/${object.apiVersion}/${object.kind}.js`);
  try {
    new model[object.kind](object).validate();
  } catch (error) {
    console.log(`${object.kind} ${object.metadata.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
