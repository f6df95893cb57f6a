import { DataChangeNotification, EventNotificationList } from "node-opcua";
import type { NotificationMessage } from "node-opcua";

/** How many notifications a message carries: a change of a value or an event each. */
export function notificationsIn({ notificationData }: NotificationMessage): number {
  let size = 0;
  for (const part of notificationData ?? []) {
    if (part instanceof DataChangeNotification) size += part.monitoredItems?.length ?? 0;
    else if (part instanceof EventNotificationList) size += part.events?.length ?? 0;
  }
  return size;
}
