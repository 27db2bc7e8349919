<?php
// Changes one post of the scratch WordPress as its editors would. Usage: php act.php SITE-FOLDER ACTION POST [VALUE]
// With WORDPRESS_NOW (Y-m-d H:i:s, UTC) the change is dated then instead of now.
error_reporting( E_ERROR );
$_SERVER['HTTP_HOST'] = '127.0.0.1:' . getenv( 'WORDPRESS_FRONT' );
require $argv[1] . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/admin.php';

[ , , $action, $post ] = $argv;
$post  = (int) $post;
$value = $argv[4] ?? '';
$dated = true;
switch ( $action ) {
	case 'create': // VALUE: the slug; published a minute ago
		$post = wp_insert_post(
			array(
				'post_title'    => ucfirst( str_replace( '-', ' ', $value ) ),
				'post_name'     => $value,
				'post_status'   => 'publish',
				'post_date_gmt' => gmdate( 'Y-m-d H:i:s', time() - 60 ),
				'post_date'     => get_date_from_gmt( gmdate( 'Y-m-d H:i:s', time() - 60 ) ),
				'post_content'  => '<p>A sentence of the invented town, long enough for a summary and with nothing in it that ever happened.</p>',
			)
		);
		break;
	case 'schedule': // as the scheduler leaves a post whose time has come: in the past, edited a month ago
		$gmt     = gmdate( 'Y-m-d H:i:s', time() - 120 );
		$edited  = gmdate( 'Y-m-d H:i:s', time() - 30 * DAY_IN_SECONDS );
		$changed = array(
			'post_status'       => 'future',
			'post_date'         => get_date_from_gmt( $gmt ),
			'post_date_gmt'     => $gmt,
			'post_modified'     => get_date_from_gmt( $edited ),
			'post_modified_gmt' => $edited,
		);
		$GLOBALS['wpdb']->update( $GLOBALS['wpdb']->posts, $changed, array( 'ID' => $post ) );
		clean_post_cache( $post );
		$dated = false;
		break;
	case 'go-live': // what the scheduler calls
		wp_publish_post( $post );
		$dated = false;
		break;
	case 'trash':
		wp_trash_post( $post );
		break;
	case 'untrash':
		add_filter( 'wp_untrash_post_status', 'wp_untrash_post_set_previous_status', 10, 3 );
		wp_untrash_post( $post );
		break;
	case 'delete':
		wp_delete_post( $post, true );
		$dated = false;
		break;
	case 'status':
		wp_update_post( array( 'ID' => $post, 'post_status' => $value ) );
		break;
	case 'title':
		wp_update_post( array( 'ID' => $post, 'post_title' => $value ) );
		break;
	case 'slug':
		wp_update_post( array( 'ID' => $post, 'post_name' => $value ) );
		break;
	case 'password':
		wp_update_post( array( 'ID' => $post, 'post_password' => $value ) );
		break;
	case 'category': // the box in the editor: the post is not touched otherwise when a plugin or a bulk edit does it
		wp_set_post_categories( $post, array( (int) $value ) );
		$dated = false;
		break;
	case 'new-category':
		$post  = wp_insert_term( ucfirst( $value ), 'category', array( 'slug' => $value ) )['term_id'];
		$dated = false;
		break;
	case 'permalinks': // VALUE: the structure, empty for plain ones
		$GLOBALS['wp_rewrite']->set_permalink_structure( $value );
		flush_rewrite_rules( false );
		$dated = false;
		break;
	case 'back-date':
		wp_update_post( array( 'ID' => $post, 'post_date_gmt' => $value, 'post_date' => get_date_from_gmt( $value ), 'edit_date' => true ) );
		break;
	default:
		fwrite( STDERR, "unknown action $action\n" );
		exit( 2 );
}
$now = getenv( 'WORDPRESS_NOW' );
if ( $dated && $now ) {
	$times = array( 'post_modified' => get_date_from_gmt( $now ), 'post_modified_gmt' => $now );
	$GLOBALS['wpdb']->update( $GLOBALS['wpdb']->posts, $times, array( 'ID' => $post ) );
}
echo $post, "\n";
