package switchback.lab;

import java.util.Map;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.connect.mirror.ReplicationPolicy;

/**
 * Names copies as a provider's rename does: what is removed goes first, the rest is added; with nothing of either a copy is
 * called as its topic.
 *
 * <p>No name tells where it comes from, so there is no guard against loops, which is what the lab wants to have.
 */
public class RenamingReplicationPolicy implements ReplicationPolicy, Configurable {
  private String removePrefix = "";
  private String removeSuffix = "";
  private String addPrefix = "";
  private String addSuffix = "";

  @Override
  public void configure(Map<String, ?> properties) {
    removePrefix = word(properties, "remove.prefix");
    removeSuffix = word(properties, "remove.suffix");
    addPrefix = word(properties, "add.prefix");
    addSuffix = word(properties, "add.suffix");
  }

  private static String word(Map<String, ?> properties, String name) {
    Object given = properties.get("replication.policy." + name);
    return given == null ? "" : given.toString();
  }

  /** The selection sees to it that only topics with what is removed come here. */
  @Override
  public String formatRemoteTopic(String sourceClusterAlias, String topic) {
    return addPrefix + topic.substring(removePrefix.length(), topic.length() - removeSuffix.length()) + addSuffix;
  }

  @Override
  public String topicSource(String topic) {
    return null;
  }

  @Override
  public String upstreamTopic(String topic) {
    return null;
  }
}
