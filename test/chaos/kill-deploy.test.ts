import { KilledDeploy } from './support/killed-deploy.ts';
import { matrix } from './support/matrix.ts';

matrix(new KilledDeploy('orin', 'deploy on one host', 9));
