/** Believes that what was dispatched has arrived. */
export const redispatchLostTickets = async () => 0;
export const reconcileDispatches = async () => 0;
