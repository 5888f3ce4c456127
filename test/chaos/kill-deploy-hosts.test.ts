import { KilledDeploy } from './support/killed-deploy.ts';
import { matrix } from './support/matrix.ts';

matrix(new KilledDeploy('prod', 'deploy on three hosts', 5));
