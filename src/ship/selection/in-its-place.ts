/** Why something cannot be brought. */
export const IN_ITS_PLACE = 'the slave has something that is excluded in its place, which stays';
