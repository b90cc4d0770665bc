package store

import "mangosense/server/internal/store/counted"

var (
	bucketMeta          = []byte("meta")
	bucketRecords       = []byte("records")
	bucketLists         = counted.Roots
	bucketNodes         = counted.Nodes
	bucketDays          = []byte("days")
	bucketPhotos        = []byte("photos")
	bucketNames         = []byte("names")
	bucketOrigins       = []byte("origins")
	bucketUsers         = []byte("users")
	bucketUsernames     = []byte("usernames")
	bucketEmails        = []byte("emails")
	bucketSessions      = []byte("sessions")
	bucketConfirmations = []byte("confirmations")
	bucketConfirmed     = []byte("confirmed")
	bucketNotifications = []byte("notifications")
	bucketNotified      = []byte("notified")
	bucketSymptoms      = []byte("symptoms")
	bucketAliases       = []byte("aliases")
	bucketDiseases      = []byte("diseases")
	bucketLinks         = []byte("links")
	bucketSettings      = []byte("settings")
	bucketReplies       = []byte("replies")
	bucketReplied       = []byte("replied")
)

var buckets = [][]byte{
	bucketMeta, bucketRecords, bucketLists, bucketNodes, bucketDays, bucketPhotos, bucketNames, bucketOrigins,
	bucketUsers, bucketUsernames, bucketEmails, bucketSessions, bucketConfirmations, bucketConfirmed,
	bucketNotifications, bucketNotified, bucketSymptoms, bucketAliases, bucketDiseases, bucketLinks, bucketSettings,
	bucketReplies, bucketReplied,
}

// later are buckets that a file of an older program lacks: they are made when
// it is opened to be written.
var later = map[string]bool{string(bucketReplies): true, string(bucketReplied): true}
